"""What administrators look into: who can see a project and why, who signed in when, what an account did."""
