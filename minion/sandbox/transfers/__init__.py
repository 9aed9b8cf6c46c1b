"""Backups, restores and copies of databases.

Backups are made by pg_dump and restored by pg_restore, see Dev Center: Heroku
PGBackups.
"""
