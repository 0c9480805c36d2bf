"""An organisation is renamed, merged into another, split into several, or dissolved."""
