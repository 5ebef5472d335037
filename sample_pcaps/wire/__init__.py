"""What goes over the wire in the sample captures: real hellos, DNS and DHCP messages, frames, capture files."""
