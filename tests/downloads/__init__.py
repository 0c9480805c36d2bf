"""Tests of files that the worker makes."""
