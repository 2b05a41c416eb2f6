"""The way in: a balancer that speaks HTTPS only, behind a web application firewall."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.components.base import Component, Place
from infra.components.keys import Keys
from infra.components.names import Names
from infra.components.network import Network
from infra.components.storage import Storage
from infra.components.webacl import rules, visible

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"


class Balancer(Component):
    """An application balancer with one listener.

    Until the zone is delegated there is no certificate: the balancer is internal, and its one
    listener, on port 80 because a service needs one, is kept unreachable by the security group.
    """

    manifest_key = "delegated"

    def __init__(
        self, place: Place, network: Network, storage: Storage, names: Names, keys: Keys
    ) -> None:
        super().__init__(place)
        self.group = self._group(network)
        self.balancer = self._balancer(network, storage)
        self.targets = self._targets(network)
        self.listener = self._listener(names)
        names.alias("platform", names.platform_name, self.balancer.dns_name, self.balancer.zone_id)
        self._web_acl(keys)
        self.done()

    def _group(self, network: Network) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            "balancer",
            name=f"{self.place.prefix}-balancer",
            description="HTTPS from anywhere once delegated, else nothing",
            vpc_id=network.vpc.id,
            opts=self.named(),
        )
        if self.place.country.delegated:
            aws.vpc.SecurityGroupIngressRule(
                "https",
                security_group_id=group.id,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                cidr_ipv4="0.0.0.0/0",
                description="HTTPS",
                opts=self.child(),
            )
        return group

    def _balancer(self, network: Network, storage: Storage) -> aws.lb.LoadBalancer:
        country = self.place.country
        subnets = network.public if country.delegated else network.private
        # The one that waits serves nobody, and must go when the zone is delegated.
        protected = self.place.protected and country.delegated
        return aws.lb.LoadBalancer(
            # The scheme cannot be changed: delegation makes a second balancer, then ends this one.
            "public" if country.delegated else "internal",
            name=f"{self.place.prefix}-{'public' if country.delegated else 'internal'}",
            load_balancer_type="application",
            internal=not country.delegated,
            security_groups=[self.group.id],
            subnets=[subnet.id for subnet in subnets],
            drop_invalid_header_fields=True,
            enable_deletion_protection=protected,
            access_logs={"bucket": storage.logs.bucket, "prefix": "balancer", "enabled": True},
            opts=self.child(depends_on=[storage.logs_policy], protect=protected),
        )

    def _targets(self, network: Network) -> aws.lb.TargetGroup:
        platform = self.place.country.platform
        # One balancer alone may use a target group, so the second balancer needs one of its own.
        name = "public" if self.place.country.delegated else "platform"
        return aws.lb.TargetGroup(
            name,
            name=f"{self.place.prefix}-{name}",
            port=platform.port,
            protocol="HTTP",
            target_type="ip",
            vpc_id=network.vpc.id,
            deregistration_delay=60,
            health_check={
                "path": platform.health_path,
                "matcher": "200",
                "interval": 15,
                "timeout": 5,
                "healthy_threshold": 2,
                "unhealthy_threshold": 3,
            },
            opts=self.child(),
        )

    def _listener(self, names: Names) -> aws.lb.Listener:
        forward: list[aws.lb.ListenerDefaultActionArgsDict] = [
            {"type": "forward", "target_group_arn": self.targets.arn}
        ]
        if names.platform_certificate is None:
            return aws.lb.Listener(
                "waiting",
                load_balancer_arn=self.balancer.arn,
                port=80,
                protocol="HTTP",
                default_actions=forward,
                opts=self.child(),
            )
        return aws.lb.Listener(
            "https",
            load_balancer_arn=self.balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=names.platform_certificate,
            default_actions=forward,
            opts=self.child(),
        )

    def _web_acl(self, keys: Keys) -> None:
        acl = aws.wafv2.WebAcl(
            "balancer",
            name=f"{self.place.prefix}-balancer",
            scope="REGIONAL",
            default_action={"allow": {}},
            rules=rules(),
            visibility_config=visible("balancer"),
            opts=self.child(),
        )
        aws.wafv2.WebAclAssociation(
            "balancer", resource_arn=self.balancer.arn, web_acl_arn=acl.arn, opts=self.child()
        )
        # WAF delivers only to log groups whose names start like this.
        group = aws.cloudwatch.LogGroup(
            "waf",
            name=f"aws-waf-logs-{self.place.prefix}",
            retention_in_days=90,
            kms_key_id=keys.logs.arn,
            opts=self.child(),
        )
        aws.wafv2.WebAclLoggingConfiguration(
            "balancer",
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            # Who is signed in, and as whom, is nobody's business in a log.
            redacted_fields=[
                {"single_header": {"name": "authorization"}},
                {"single_header": {"name": "cookie"}},
            ],
            opts=self.child(),
        )

    @property
    def host(self) -> pulumi.Output[str]:
        """The balancer's own name."""
        return self.balancer.dns_name
