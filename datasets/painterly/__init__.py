"""Style domains rendered by known procedures with continuous parameters."""
