"""Letters about an event to those whom it concerns: that it changed, and what somebody writes to all of them."""
