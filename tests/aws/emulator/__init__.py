"""AWS on loopback: moto, and the operations that it lacks."""
