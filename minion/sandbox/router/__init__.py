"""The router in front of an app's web dynos."""
