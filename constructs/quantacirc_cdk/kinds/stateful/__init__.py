"""Kind `stateful`: any image, with a stable name and volumes for each pod."""
