"""What services share that land tables in the warehouse themselves: the component's base, the step, demo files."""
