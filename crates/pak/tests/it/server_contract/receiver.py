"""The reference receiver of webhooks: checks the signature over the raw body, with Flask and nothing of ours."""

import hashlib
import hmac
import os

from flask import Flask, jsonify, request

app = Flask(__name__)
secret = os.environ["WEBHOOK_SECRET"].encode()


@app.route("/webhook", methods=["POST"])
def webhook():
    expected = "sha256=" + hmac.new(secret, request.get_data(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(request.headers.get("X-PAK-Signature", ""), expected):
        return jsonify({"error": "Invalid signature"}), 401
    event = request.get_json()
    with open(os.environ["RECEIVED"], "a") as file:
        file.write(request.get_data(as_text=True) + "\n")
    return jsonify({"status": "success", "event": event["event"]})
