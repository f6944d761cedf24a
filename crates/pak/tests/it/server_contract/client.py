"""The reference client: sign in, deploy, print the answer. Written as a user would, with requests and nothing of ours."""

import json
import sys

import requests

base, email, password = sys.argv[1:4]

session = requests.Session()
login = session.post(f"{base}/auth", json={"email": email, "password": password, "action": "login"})
login.raise_for_status()

deployed = session.post(f"{base}/deploy/my-package", json={"environment": "production", "version": "1.2.3"})
print(json.dumps({"login": login.json(), "status": deployed.status_code, "deploy": deployed.json()}))
