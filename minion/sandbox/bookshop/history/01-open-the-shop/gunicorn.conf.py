"""How the shop is served. Gunicorn reads this file by itself."""

workers = 2
threads = 4
# Imported once, before the workers part: they are up sooner.
preload_app = True
# A newer gunicorn's control socket lies in $HOME, where two dynos would share it.
control_socket_disable = True
