"""What goes over the wire in the samples: real hellos, DNS and DHCP messages, frames, capture files."""
