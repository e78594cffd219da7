"""Where other programs send what happened, and where people make their keys and look at what came."""
