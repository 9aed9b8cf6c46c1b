"""What is had of this machine: child processes, ports, a certificate."""
