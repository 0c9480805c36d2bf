"""Working days, public holidays, closed days and local hours."""
