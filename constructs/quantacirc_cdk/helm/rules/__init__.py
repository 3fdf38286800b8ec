"""What the users of any chart expect to set, declared for whatever components and objects there are."""
