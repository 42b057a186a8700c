"""What rules read: files as trees with positions, their shared facts computed once."""
