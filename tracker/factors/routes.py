"""Pages of one's own second factors, and of somebody's who has lost theirs."""

from flask import Blueprint

from tracker.factors import queries  # noqa: F401

bp = Blueprint("factors", __name__)
