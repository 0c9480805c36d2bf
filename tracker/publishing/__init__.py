"""The public page: what an office tells everybody about its partnerships, and nothing else."""
