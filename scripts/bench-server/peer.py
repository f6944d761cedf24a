"""What `pak serve` is measured against: the same requests, answered by Flask, SQLAlchemy and SQLite, as one would write it.

It stores what pak stores: sessions are looked up in the database by their digest, every event and deployment is a synced row,
every deployment comes with an entry of a hash-chained audit log in the same transaction. Run by gunicorn; see server.py.
"""

import hashlib
import json
import os
import secrets
import time
from datetime import datetime, timezone

from flask import Flask, g, jsonify, request
from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from werkzeug.security import check_password_hash, generate_password_hash

DAY = 24 * 60 * 60 * 1000


def now():
    return time.time_ns() // 1_000_000


class Base(DeclarativeBase):
    type_annotation_map = {int: BigInteger().with_variant(Integer, "sqlite")}


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(20), default="user")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[int] = mapped_column(default=now)


class Login(Base):
    __tablename__ = "sessions"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[int]


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(20), default="active")
    created_at: Mapped[int] = mapped_column(default=now)
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Member(Base):
    __tablename__ = "members"
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(20))


class Deployment(Base):
    __tablename__ = "deployments"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    environment: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(30), default="pending")
    created_at: Mapped[int] = mapped_column(default=now)
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Event(Base):
    __tablename__ = "telemetry_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(String(100))
    package: Mapped[str] = mapped_column(String(255))
    version: Mapped[str] = mapped_column(String(100))
    platform: Mapped[str] = mapped_column(String(50))
    at: Mapped[int] = mapped_column(index=True)
    metadata_: Mapped[str] = mapped_column("metadata", Text)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Audit(Base):
    __tablename__ = "audit_log"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int] = mapped_column(default=now)
    actor: Mapped[int]
    action: Mapped[str] = mapped_column(String(100))
    object: Mapped[str] = mapped_column(String(255))
    address: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


engine = create_engine(f"sqlite:///{os.environ['PEER_DATABASE']}", connect_args={"timeout": 30})


@event.listens_for(engine, "connect")
def connected(connection, _):
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


Base.metadata.create_all(engine)
sessions = sessionmaker(engine)
app = Flask(__name__)


def database() -> Session:
    if "database" not in g:
        g.database = sessions()
    return g.database


@app.teardown_appcontext
def close(_):
    if "database" in g:
        g.database.close()


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def caller():
    """The signed-in person, or none."""
    token = request.cookies.get("session_token", "")
    found = select(User).join(Login, Login.user_id == User.id).where(Login.digest == digest(token), Login.expires_at > now())
    return database().scalars(found.where(User.is_active)).one_or_none()


def refused(status, sentence):
    return jsonify({"success": False, "error": sentence}), status


def shown(milliseconds):
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat().replace("+00:00", "Z")


@app.post("/auth")
def auth():
    body = request.get_json()
    user = database().scalars(select(User).where(User.email == body["email"])).one_or_none()
    if body["action"] == "register":
        user = User(email=body["email"], name=body["name"], password_hash=generate_password_hash(body["password"]))
        database().add(user)
        database().flush()
    elif user is None or not check_password_hash(user.password_hash, body["password"]):
        return refused(401, "The address or the password is wrong.")
    token = secrets.token_urlsafe(32)
    database().add(Login(digest=digest(token), user_id=user.id, expires_at=now() + DAY))
    database().commit()
    person = {"id": user.id, "email": user.email, "name": user.name, "role": user.role}
    answer = jsonify({"success": True, "user": person})
    answer.status_code = 201 if body["action"] == "register" else 200
    answer.set_cookie("session_token", token, httponly=True, samesite="Lax")
    return answer


@app.get("/projects")
def projects():
    user = caller()
    if user is None:
        return refused(401, "Sign in first.")
    rows = select(Project).join(Member).where(Member.user_id == user.id).order_by(Project.id)
    return jsonify({"projects": [
        {"id": row.id, "name": row.name, "description": row.description, "status": row.status, "created_at": shown(row.created_at)}
        for row in database().scalars(rows)
    ]})  # fmt: skip


@app.post("/projects")
def create_project():
    user = caller()
    if user is None:
        return refused(401, "Sign in first.")
    project = Project(name=request.get_json()["name"], description=request.get_json().get("description", ""), created_by=user.id)
    database().add(project)
    database().flush()
    database().add(Member(project_id=project.id, user_id=user.id, role="owner"))
    database().commit()
    return jsonify({"success": True, "project": {"id": project.id, "name": project.name}}), 201


@app.post("/api/telemetry")
def telemetry():
    user = caller()
    if user is None:
        return refused(401, "Sign in first.")
    body = request.get_json()
    at = int(datetime.fromisoformat(body["timestamp"].replace("Z", "+00:00")).timestamp() * 1000)
    database().add(Event(event=body["event"], package=body["package"], version=body["version"], platform=body["platform"],
                         at=at, metadata_=json.dumps(body["metadata"]), user_id=user.id))  # fmt: skip
    database().commit()
    return jsonify({"success": True}), 201


@app.post("/deploy/<name>")
def deploy(name):
    user = caller()
    if user is None:
        return refused(401, "Sign in first.")
    found = select(Project, Member.role).join(Member).where(Project.name == name, Member.user_id == user.id)
    row = database().execute(found).one_or_none()
    if row is None:
        return refused(404, "There is no such project.")
    if row.role not in ("owner", "maintainer", "publisher"):
        return refused(403, "You may not deploy this project.")
    body, user_id, project_id = request.get_json(), user.id, row.Project.id
    # The chain has one end: whoever adds to it must hold the database before reading it.
    database().commit()
    database().connection().exec_driver_sql("BEGIN IMMEDIATE")
    deployment = Deployment(project_id=project_id, environment=body["environment"], version=body["version"], created_by=user_id)
    database().add(deployment)
    database().flush()
    before = database().scalars(select(Audit.hash).order_by(Audit.id.desc()).limit(1)).one_or_none() or ""
    entry = {"at": now(), "actor": user_id, "action": "deployment.create", "object": f"{name}/{deployment.id}", "address": request.remote_addr}
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    database().add(Audit(**entry, hash=hashlib.sha256((before + text).encode()).hexdigest()))
    answer = {"success": True, "deployment_id": f"deploy_{deployment.id}", "status": deployment.status}
    database().commit()
    return jsonify(answer), 202
