"""The learned quality score of the triple (output, content, style)."""
