"""Who talked with whom, and when: flow slices get the name that DNS knows where the wire gave none."""
