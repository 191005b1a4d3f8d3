"""What kb takes from outside: a model of what words mean."""
