"""Agents on NATS JetStream, their orchestrator and monitoring."""
