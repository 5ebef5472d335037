"""What the verbs do: each job joins stages that don't know each other. `pipeline` puts the jobs in order."""
