"""Follow what Argo CD and Flux would do with the objects for them."""
