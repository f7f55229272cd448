"""All six CRISP-DM phases: the library behind the stacks, the jobs, the functions and the command line."""
