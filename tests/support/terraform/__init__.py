"""What the tests of Terraform share."""
