"""What organisations gave to projects: cash, things, hours, nights; worth what, and whether they were thanked."""
