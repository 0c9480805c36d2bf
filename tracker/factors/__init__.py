"""What proves who signs in beside a password or a mailed code: an app, a passkey, a recovery code."""
