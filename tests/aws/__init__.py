"""AWS, applied for real: Terraform and its AWS provider against an emulator on loopback."""
