"""Makes the sample district's captures and their truth from plan.toml, hosts.csv and the district's own files."""
