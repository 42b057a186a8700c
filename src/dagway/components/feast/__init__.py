"""The component of Feast: the repository as values, the process that Feast works in, and how rows get online."""
