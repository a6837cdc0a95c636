"""Swift's own API, beside S3: swift.py PORT ACCOUNT SECRET METHOD PATH [HEADER=VALUE...] [< BODY]; prints the body."""
import sys
from urllib.request import Request, urlopen

port, account, secret, method, path, *headers = sys.argv[1:]
auth = urlopen(
    Request(
        f"http://127.0.0.1:{port}/auth/v1.0",
        headers={"X-Auth-User": f"{account}:one", "X-Auth-Key": secret},
    )
)
answer = urlopen(
    Request(
        f"{auth.headers['X-Storage-Url']}/{path}",
        method=method,
        data=sys.stdin.buffer.read() if method == "PUT" and path.count("/") else None,
        headers={"X-Auth-Token": auth.headers["X-Auth-Token"], **dict(each.split("=", 1) for each in headers)},
    )
)
sys.stdout.buffer.write(answer.read())
