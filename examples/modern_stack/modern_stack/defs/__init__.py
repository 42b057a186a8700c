"""What the project defines, a folder for each part."""
