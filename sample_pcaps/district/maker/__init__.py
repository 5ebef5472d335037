"""Makes the sample captures and their truth from plan.toml, hosts.csv and the district's own files."""
