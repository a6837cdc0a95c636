/** Keys of other tools in the tables we share with them: accepted, never judged, never used. */
export const OTHER_TOOLS = {
  bench: [
    'python',
    'db_type',
    'frappe_version',
    'default_branch',
    'http_port',
    'socketio_port',
    'socketio_backend',
    'developer_mode',
    'allow_developer_mode',
    'watch_apps_js',
    'watch_admin_js',
    'reload_python',
  ],
  mariadb: ['host', 'root_password', 'admin_user', 'version', 'existing'],
} as const;
