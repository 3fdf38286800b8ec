"""Services: they answer HTTP."""
