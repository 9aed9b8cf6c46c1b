"""What Django and its best known companions keep of people, table by table. Pure.

By each package's own models. What is in neither list is judged as any other column is.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Table, then the columns known to be personal, then those known not to be.
_KNOWN = {
    table: (_set(personal), _set(harmless))
    for table, personal, harmless in (
        ("auth_user", "username first_name last_name email password", ""),
        ("django_session", "session_key session_data", "expire_date"),
        ("django_admin_log", "object_repr change_message", "object_id"),
        ("django_comments", "user_name user_email user_url comment ip_address", "object_pk"),
        # Django REST framework, knox, simplejwt, OAuth toolkit.
        ("authtoken_token", "key", ""),
        ("knox_authtoken", "digest token_key", ""),
        ("token_blacklist_outstandingtoken", "token jti", ""),
        ("oauth2_provider_accesstoken", "token token_checksum", "scope"),
        ("oauth2_provider_refreshtoken", "token token_family", ""),
        ("oauth2_provider_grant", "code code_challenge nonce claims", "scope redirect_uri"),
        ("oauth2_provider_application", "client_id client_secret", "redirect_uris name"),
        # allauth, social auth, one-time passwords, axes.
        ("account_emailaddress", "email", ""),
        ("account_emailconfirmation", "key", ""),
        ("socialaccount_socialapp", "client_id secret key", "provider name"),
        ("socialaccount_socialtoken", "token token_secret", ""),
        ("socialaccount_socialaccount", "uid extra_data", "provider"),
        ("usersessions_usersession", "ip user_agent session_key data", ""),
        ("mfa_authenticator", "data", "type"),
        ("social_auth_usersocialauth", "uid extra_data", "provider"),
        ("social_auth_partial", "token data", "backend"),
        ("social_auth_code", "email code", ""),
        ("otp_totp_totpdevice", "key", "name"),
        ("otp_static_statictoken", "token", ""),
        ("axes_accessattempt", "user_agent ip_address username get_data post_data", "path_info"),
        ("axes_accesslog", "user_agent ip_address username session_hash", "path_info"),
        ("axes_accessfailurelog", "user_agent ip_address username", "path_info"),
        # Versions and audits.
        ("reversion_version", "serialized_data object_repr", "object_id format db"),
        ("reversion_revision", "comment", ""),
        (
            "auditlog_logentry",
            "object_repr serialized_data changes changes_text remote_addr actor_email "
            "additional_data",
            "object_pk cid",
        ),
        ("easyaudit_crudevent", "object_repr object_json_repr changed_fields", "object_id"),
        ("easyaudit_loginevent", "username remote_ip", ""),
        ("easyaudit_requestevent", "query_string remote_ip", "method"),
        # Queues and their results, profiles of requests.
        ("django_q_task", "args kwargs result", "id name func hook group cluster"),
        ("django_q_ormq", "payload", "key"),
        ("django_q_schedule", "args kwargs", "name func hook cluster"),
        (
            "django_celery_results_taskresult",
            "result traceback meta task_args task_kwargs",
            "task_id status content_type content_encoding task_name worker periodic_task_name",
        ),
        ("django_celery_results_groupresult", "result", "group_id content_type content_encoding"),
        ("django_celery_beat_periodictask", "args kwargs headers", "name task queue"),
        (
            "silk_request",
            "path query_params raw_body body encoded_headers pyprofile",
            "id method view_name prof_file",
        ),
        ("silk_response", "raw_body body encoded_headers", "id request_id"),
        ("silk_sqlquery", "query", "traceback"),
        # Mail that was sent, or will be.
        (
            "post_office_email",
            "from_email to cc bcc subject message html_message headers context",
            "message_id backend_alias",
        ),
        ("post_office_log", "message exception_type", ""),
        ("mailer_message", "message_data", ""),
        ("mailer_messagelog", "message_data log_message message_id", ""),
        ("mailer_dontsendentry", "to_address", ""),
        # Thumbnails: their names are asked about, as those of files are.
        ("easy_thumbnails_source", "", "storage_hash"),
        ("easy_thumbnails_thumbnail", "", "storage_hash"),
    )
}
#: In the tables of history that simple-history puts beside any other.
_HISTORY = {"history_change_reason": True, "history_type": False}
_HARMLESS_TABLES = _set(
    "django_migrations django_content_type django_site auth_permission auth_group "
    "spatial_ref_sys django_celery_beat_crontabschedule "
    "django_celery_beat_intervalschedule"
)


def known(table: str, column: str) -> bool | None:
    """Whether a column that everybody knows is personal; None for one that nobody knows."""
    if table in _HARMLESS_TABLES:
        return False
    personal, harmless = _KNOWN.get(table, ((), ()))
    if column in personal:
        return True
    if column in harmless:
        return False
    return _HISTORY.get(column)
