"""Every promise of the tenancy, by component: which resources, and the properties that matter."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from infra.aws.catalogue import TYPES
from infra.aws.model import URN_TAG
from infra.components.base import Component
from tests.components.described import ACCOUNT, ROOT, Described, arn, country, described
from wasl.manifest import Country
from wasl.manifest.catalogue import load

PRODUCTION: dict[str, Any] = {
    "environment": "production",
    "delegated": True,
    "network": {"cidr": "10.8.0.0/16", "zones": 3},
}


@cache
def pilot() -> Described:
    """Jordan as it stands: a pilot whose zone is not delegated."""
    return described(country())


@cache
def production() -> Described:
    """Jordan as it will stand."""
    return described(country(**PRODUCTION))


def statements(policy: str) -> list[dict[str, Any]]:
    """What a policy text says."""
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


def test_every_type_that_the_program_uses_is_known() -> None:
    for what in (pilot(), production()):
        tokens = {token for token, _ in what.resources if token.startswith("aws:")}
        assert tokens <= set(TYPES)


def test_a_run_that_lifts_protection_applies_no_manifest() -> None:
    """So that the check tells of it until the next `up`, whatever becomes of the destroy."""
    what = country(**PRODUCTION)
    assert production().offers["manifest_digest"] == what.digest
    assert described(what, unprotected=True).offers["manifest_digest"] == ""


def test_tags_are_on_everything_that_takes_them() -> None:
    needed = {
        "country",
        "environment",
        "partner",
        "data-classification",
        "owner",
        "cost-centre",
        URN_TAG,
    }
    for (token, name), inputs in pilot().resources.items():
        if "tags" in inputs:
            assert needed <= set(inputs["tags"]), f"{token} {name}"
            assert "$" not in inputs["tags"][URN_TAG]
    tagged = {token for (token, _), inputs in pilot().resources.items() if "tags" in inputs}
    assert len(tagged) > 30


def test_every_component_says_of_which_key_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, str] = {}

    def done(self: Component, outputs: dict[str, str]) -> None:
        said[type(self).__name__] = outputs["manifestKey"]

    monkeypatch.setattr(Component, "register_outputs", done)
    made = {token for token, _ in described(country()).resources if ":tenancy:" in token}
    assert {f"wasl:tenancy:{name}" for name in said} == made
    assert {key.partition(".")[0] for key in said.values()} <= set(Country.model_fields)


def test_nameless_types_are_found_by_their_tag() -> None:
    for (token, name), inputs in production().resources.items():
        if token in TYPES and not TYPES[token].key:
            assert inputs["tags"][URN_TAG].endswith(f"::{name}"), f"{token} {name}"


class TestNetwork:
    def test_three_tiers_over_the_zones(self) -> None:
        subnets = production().of("aws:ec2/subnet:Subnet")
        assert sorted(subnets) == [
            f"{tier}-{zone}" for tier in ("data", "private", "public") for zone in (1, 2, 3)
        ]
        assert {net["availabilityZone"] for net in subnets.values()} == {
            "eu-south-1a",
            "eu-south-1b",
            "eu-south-1c",
        }
        assert len({net["cidrBlock"] for net in subnets.values()}) == 9
        assert not any(net.get("mapPublicIpOnLaunch") for net in subnets.values())

    def test_one_nat_in_a_pilot_one_a_zone_in_production(self) -> None:
        assert len(pilot().of("aws:ec2/natGateway:NatGateway")) == 1
        assert len(production().of("aws:ec2/natGateway:NatGateway")) == 3

    def test_data_subnets_have_no_way_out(self) -> None:
        routes = production().of("aws:ec2/route:Route")
        assert sorted(routes) == ["private-1", "private-2", "private-3", "public"]
        assert "data" in production().of("aws:ec2/routeTable:RouteTable")

    def test_each_tier_goes_out_its_own_way(self) -> None:
        nats = production().of("aws:ec2/natGateway:NatGateway")
        assert {name: nat["subnetId"] for name, nat in nats.items()} == {
            f"nat-{zone}": f"public-{zone}-id" for zone in (1, 2, 3)
        }
        routes = production().of("aws:ec2/route:Route")
        assert routes["public"]["gatewayId"] == "internet-id"
        for zone in (1, 2, 3):
            route = routes[f"private-{zone}"]
            assert route["natGatewayId"] == f"nat-{zone}-id"
            assert route["routeTableId"] == f"private-{zone}-id"
        only = pilot().of("aws:ec2/route:Route")
        assert {only[f"private-{zone}"]["natGatewayId"] for zone in (1, 2)} == {"nat-1-id"}
        token = "aws:ec2/routeTableAssociation:RouteTableAssociation"
        tables = {one["subnetId"]: one["routeTableId"] for one in production().of(token).values()}
        assert tables == {
            f"{tier}-{zone}-id": f"private-{zone}-id" if tier == "private" else f"{tier}-id"
            for tier in ("public", "private", "data")
            for zone in (1, 2, 3)
        }
        endpoint = production().one("aws:ec2/vpcEndpoint:VpcEndpoint")
        ways = {"public-id", "private-1-id", "private-2-id", "private-3-id"}
        assert set(endpoint["routeTableIds"]) == ways

    def test_flow_logs_endpoint_and_empty_default_group(self) -> None:
        flow = pilot().one("aws:ec2/flowLog:FlowLog")
        assert flow["trafficType"] == "ALL"
        assert flow["logDestination"] == arn("LogGroup", "flow")
        group = pilot().of("aws:cloudwatch/logGroup:LogGroup")["flow"]
        assert group["kmsKeyId"]
        assert group["retentionInDays"] == 365
        endpoint = pilot().one("aws:ec2/vpcEndpoint:VpcEndpoint")
        assert endpoint["vpcEndpointType"] == "Gateway"
        assert endpoint["serviceName"] == "com.amazonaws.eu-south-1.s3"
        default = pilot().one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
        assert "ingress" not in default
        assert "egress" not in default


class TestKeys:
    def test_a_rotated_key_a_purpose(self) -> None:
        keys = pilot().of("aws:kms/key:Key")
        assert sorted(keys) == ["backups", "content", "data", "logs", "messages"]
        assert all(key["enableKeyRotation"] for key in keys.values())
        aliases = pilot().of("aws:kms/alias:Alias")
        assert {alias["name"] for alias in aliases.values()} == {
            f"alias/wasl-jo-{purpose}" for purpose in keys
        }

    def test_each_thing_is_encrypted_by_the_key_of_its_purpose(self) -> None:
        at_rest = {
            "aws:cloudtrail/trail:Trail": {"kmsKeyId": "logs"},
            "aws:cloudwatch/logGroup:LogGroup": {"kmsKeyId": "logs"},
            "aws:elasticache/replicationGroup:ReplicationGroup": {"kmsKeyId": "data"},
            "aws:rds/instance:Instance": {"kmsKeyId": "data", "masterUserSecretKmsKeyId": "data"},
            "aws:scheduler/schedule:Schedule": {"kmsKeyArn": "messages"},
            "aws:secretsmanager/secret:Secret": {"kmsKeyId": "data"},
            "aws:sns/topic:Topic": {"kmsMasterKeyId": "messages"},
            "aws:sqs/queue:Queue": {"kmsMasterKeyId": "messages"},
        }
        for token, keys in at_rest.items():
            for name, inputs in pilot().of(token).items():
                used = {key: inputs[key] for key in keys}
                wanted = {key: arn("Key", purpose) for key, purpose in keys.items()}
                assert used == wanted, f"{token} {name}"
        vaults = pilot().of("aws:backup/vault:Vault")
        assert vaults["vault"]["kmsKeyArn"] == arn("Key", "backups")
        (images,) = pilot().one("aws:ecr/repository:Repository")["encryptionConfigurations"]
        assert images == {"encryptionType": "KMS", "kmsKey": arn("Key", "data")}

    def test_no_service_of_another_account_may_use_them(self) -> None:
        for name, key in pilot().of("aws:kms/key:Key").items():
            for statement in json.loads(key["policy"])["Statement"]:
                if "Service" in statement["Principal"]:
                    here = statement["Condition"]["StringEquals"]["aws:SourceAccount"]
                    assert here == ACCOUNT, name


class TestStorage:
    BUCKETS = ("audit", "backups", "content", "logs")

    @pytest.mark.parametrize(
        "setting",
        [
            "bucketVersioning:BucketVersioning",
            "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "bucketPublicAccessBlock:BucketPublicAccessBlock",
            "bucketPolicy:BucketPolicy",
            "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
            "bucketOwnershipControls:BucketOwnershipControls",
        ],
    )
    def test_each_bucket_has_it(self, setting: str) -> None:
        assert tuple(sorted(pilot().of(f"aws:s3/{setting}"))) == self.BUCKETS

    def test_names_carry_the_account(self) -> None:
        names = {bucket["bucket"] for bucket in pilot().of("aws:s3/bucket:Bucket").values()}
        assert names == {f"wasl-jo-{purpose}-{ACCOUNT}" for purpose in self.BUCKETS}

    def test_versioned_closed_encrypted_tls_only(self) -> None:
        for name in self.BUCKETS:
            versioning = pilot().of("aws:s3/bucketVersioning:BucketVersioning")[name]
            assert versioning["versioningConfiguration"]["status"] == "Enabled"
            block = pilot().of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")[name]
            assert all(
                block[key] is True
                for key in (
                    "blockPublicAcls",
                    "blockPublicPolicy",
                    "ignorePublicAcls",
                    "restrictPublicBuckets",
                )
            )
            policy = json.loads(pilot().of("aws:s3/bucketPolicy:BucketPolicy")[name]["policy"])
            bucket = arn("Bucket", name)
            assert policy["Statement"][0] == {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket, f"{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }

    def test_own_keys_but_for_delivered_logs(self) -> None:
        token = (
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        )
        used = {
            name: setting["rules"][0]["applyServerSideEncryptionByDefault"]
            for name, setting in pilot().of(token).items()
        }
        keys = {"audit": "logs", "backups": "backups", "content": "content"}
        assert used == {
            "logs": {"sseAlgorithm": "AES256"},
            **{
                name: {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": arn("Key", key)}
                for name, key in keys.items()
            },
        }

    def test_what_grows_old_moves_and_goes(self) -> None:
        token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
        found = {}
        for name, setting in pilot().of(token).items():
            (rule,) = setting["rules"]
            assert rule["status"] == "Enabled"
            assert rule["filter"] == {"prefix": ""}
            assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
            moves = [(to["storageClass"], to["days"]) for to in rule.get("transitions", ())]
            old = rule["noncurrentVersionExpiration"]["noncurrentDays"]
            found[name] = (old, moves, rule.get("expiration"))
        assert found == {
            "content": (90, [], None),
            "backups": (30, [("STANDARD_IA", 30)], None),
            "logs": (30, [("STANDARD_IA", 90)], {"days": 365}),
            "audit": (365, [("STANDARD_IA", 90)], None),
        }

    def test_access_logs_and_lock(self) -> None:
        logging = pilot().of("aws:s3/bucketLogging:BucketLogging")
        assert sorted(logging) == ["audit", "backups", "content"]
        for name, setting in logging.items():
            assert setting["targetBucket"] == f"wasl-jo-logs-{ACCOUNT}"
            assert setting["targetPrefix"] == f"s3/{name}/"
        policy = pilot().of("aws:s3/bucketPolicy:BucketPolicy")["logs"]["policy"]
        assert {one["Resource"]: one["Principal"] for one in statements(policy)[1:]} == {
            f"{arn('Bucket', 'logs')}/s3/*": {"Service": "logging.s3.amazonaws.com"},
            f"{arn('Bucket', 'logs')}/balancer/*": {
                "Service": "logdelivery.elasticloadbalancing.amazonaws.com"
            },
        }
        token = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
        assert sorted(pilot().of(token)) == ["audit"]
        assert pilot().of("aws:s3/bucket:Bucket")["audit"]["objectLockEnabled"] is True
        assert not pilot().one(token).get("rule"), "a pilot's lock must not outlive it"
        kept = production().one(token)["rule"]["defaultRetention"]
        assert kept == {"mode": "GOVERNANCE", "days": 365}


class TestData:
    def test_postgres(self) -> None:
        database = pilot().one("aws:rds/instance:Instance")
        assert database["engine"] == "postgres"
        assert database["manageMasterUserPassword"] is True
        assert "password" not in database
        assert database["storageEncrypted"] is True
        assert database["kmsKeyId"]
        assert database["publiclyAccessible"] is False
        parameters = pilot().one("aws:rds/parameterGroup:ParameterGroup")["parameters"]
        assert {"name": "rds.force_ssl", "value": "1", "applyMethod": "immediate"} in parameters
        group = pilot().one("aws:rds/parameterGroup:ParameterGroup")
        assert database["parameterGroupName"] == group["name"] == "wasl-jo-postgres-17"
        subnets = pilot().one("aws:rds/subnetGroup:SubnetGroup")
        assert database["dbSubnetGroupName"] == subnets["name"]
        assert subnets["subnetIds"] == ["data-1-id", "data-2-id"]
        assert database["vpcSecurityGroupIds"] == ["database-id"]

    def test_the_stores_hear_the_tasks_and_nobody_else(self) -> None:
        rules = production().of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        heard = {
            rule["securityGroupId"]: (
                rule.get("referencedSecurityGroupId") or rule["cidrIpv4"],
                rule["fromPort"],
                rule["toPort"],
            )
            for rule in rules.values()
        }
        assert len(heard) == len(rules), "one rule a group"
        assert heard == {
            "database-id": ("tasks-id", 5432, 5432),
            "cache-id": ("tasks-id", 6379, 6379),
            "tasks-id": ("balancer-id", 8080, 8080),
            "balancer-id": ("0.0.0.0/0", 443, 443),
        }

    def test_production_protects_the_database_and_a_pilot_does_not(self) -> None:
        token = "aws:rds/instance:Instance"
        database = production().one(token)
        assert database["multiAz"] is True
        assert database["deletionProtection"] is True
        assert database["skipFinalSnapshot"] is False
        assert database["finalSnapshotIdentifier"] == "wasl-jo-database-final-vpc-id"
        pilots = pilot().one(token)
        assert pilots["multiAz"] is False
        assert pilots["deletionProtection"] is False
        assert pilots["skipFinalSnapshot"] is True

    def test_cache(self) -> None:
        cache_ = production().one("aws:elasticache/replicationGroup:ReplicationGroup")
        assert cache_["engine"] == "valkey"
        assert cache_["atRestEncryptionEnabled"] is True
        assert cache_["transitEncryptionEnabled"] is True
        assert cache_["automaticFailoverEnabled"] is True
        assert cache_["numCacheClusters"] == 2
        assert cache_["securityGroupIds"] == ["cache-id"]
        subnets = production().one("aws:elasticache/subnetGroup:SubnetGroup")
        assert cache_["subnetGroupName"] == subnets["name"]
        assert subnets["subnetIds"] == ["data-1-id", "data-2-id", "data-3-id"]

    def test_redis_where_the_country_asks_for_it(self) -> None:
        asked = {"engine": "redis", "node_type": "cache.t4g.small", "version": "7.1"}
        found = described(country(cache=asked))
        cache_ = found.one("aws:elasticache/replicationGroup:ReplicationGroup")
        assert (cache_["engine"], cache_["engineVersion"]) == ("redis", "7.1")
        assert cache_["transitEncryptionEnabled"] is True


class TestPlatform:
    def test_https_only_once_delegated(self) -> None:
        listener = production().one("aws:lb/listener:Listener")
        assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
        assert listener["sslPolicy"].startswith("ELBSecurityPolicy-TLS13")
        open_ports = {
            rule["fromPort"]
            for rule in production()
            .of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
            .values()
            if rule.get("cidrIpv4") == "0.0.0.0/0"
        }
        assert open_ports == {443}
        assert production().one("aws:lb/loadBalancer:LoadBalancer")["internal"] is False

    def test_unreachable_until_then(self) -> None:
        assert pilot().one("aws:lb/loadBalancer:LoadBalancer")["internal"] is True
        listener = pilot().one("aws:lb/listener:Listener")
        assert (listener["port"], listener["protocol"]) == (80, "HTTP")
        rules = pilot().of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        assert not any(rule.get("cidrIpv4") for rule in rules.values())
        assert "https" not in rules
        assert not pilot().of("aws:acm/certificate:Certificate")
        assert pilot().one("aws:ecs/service:Service")["desiredCount"] == 0

    def test_service(self) -> None:
        service = production().one("aws:ecs/service:Service")
        assert service["launchType"] == "FARGATE"
        assert service["desiredCount"] == 1
        assert service["networkConfiguration"]["assignPublicIp"] is False
        assert service["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert service["enableExecuteCommand"] is False
        task = production().one("aws:ecs/taskDefinition:TaskDefinition")
        (container,) = json.loads(task["containerDefinitions"])
        assert container["readonlyRootFilesystem"] is True
        assert container["secrets"][0]["name"] == "DATABASE_SECRET"
        assert container["logConfiguration"]["logDriver"] == "awslogs"
        health = production().one("aws:lb/targetGroup:TargetGroup")["healthCheck"]
        assert health["path"] == "/health"
        assert health["matcher"] == "200"
        (target,) = service["loadBalancers"]
        assert target["targetGroupArn"] == arn("TargetGroup", "public")
        group = production().of("aws:cloudwatch/logGroup:LogGroup")["platform"]
        assert group["retentionInDays"] == 90
        assert container["logConfiguration"]["options"]["awslogs-group"] == group["name"]

    def test_who_was_served_is_logged(self) -> None:
        for what in (pilot(), production()):
            balancer = what.one("aws:lb/loadBalancer:LoadBalancer")
            assert balancer["accessLogs"] == {
                "enabled": True,
                "bucket": f"wasl-jo-logs-{ACCOUNT}",
                "prefix": "balancer",
            }

    def test_scaling(self) -> None:
        target = production().one("aws:appautoscaling/target:Target")
        assert (target["minCapacity"], target["maxCapacity"]) == (1, 4)
        waiting = pilot().one("aws:appautoscaling/target:Target")
        assert (waiting["minCapacity"], waiting["maxCapacity"]) == (0, 0)
        policy = production().one("aws:appautoscaling/policy:Policy")
        assert policy["policyType"] == "TargetTrackingScaling"

    def test_registry(self) -> None:
        repository = pilot().one("aws:ecr/repository:Repository")
        assert repository["imageTagMutability"] == "IMMUTABLE"
        assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository["encryptionConfigurations"][0]["encryptionType"] == "KMS"
        assert pilot().of("aws:ecr/lifecyclePolicy:LifecyclePolicy")

    def test_names_and_certificates(self) -> None:
        assert pilot().one("aws:route53/zone:Zone")["name"] == "learn.jo.example"
        certificates = production().of("aws:acm/certificate:Certificate")
        assert certificates["platform"].get("region") is None
        assert certificates["content"]["region"] == "us-east-1"
        records = production().of("aws:route53/record:Record")
        assert sorted(records) == [
            "content",
            "content-validation",
            "platform",
            "platform-validation",
        ]
        targets = {
            name: (record["name"], record["aliases"][0]["name"])
            for name, record in records.items()
            if "aliases" in record
        }
        assert targets == {
            "platform": ("platform.learn.jo.example", "d"),
            "content": ("content.learn.jo.example", "d.example"),
        }

    def test_firewall(self) -> None:
        acls = pilot().of("aws:wafv2/webAcl:WebAcl")
        assert acls["balancer"]["scope"] == "REGIONAL"
        assert acls["content"]["scope"] == "CLOUDFRONT"
        assert acls["content"]["region"] == "us-east-1"
        assert len(acls["balancer"]["rules"]) == 4
        guarded = production().one("aws:wafv2/webAclAssociation:WebAclAssociation")
        assert guarded["resourceArn"] == arn("LoadBalancer", "public")
        assert guarded["webAclArn"] == arn("WebAcl", "balancer")
        distribution = production().one("aws:cloudfront/distribution:Distribution")
        assert distribution["webAclId"] == arn("WebAcl", "content")
        logging = pilot().one("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
        hidden = {field["singleHeader"]["name"] for field in logging["redactedFields"]}
        assert hidden == {"authorization", "cookie"}

    def test_edge_reads_by_origin_access_control(self) -> None:
        distribution = pilot().one("aws:cloudfront/distribution:Distribution")
        (origin,) = distribution["origins"]
        assert origin["originAccessControlId"] == "content-id"
        assert origin["domainName"] == f"wasl-jo-content-{ACCOUNT}.example"
        control = pilot().one("aws:cloudfront/originAccessControl:OriginAccessControl")
        assert (control["signingBehavior"], control["signingProtocol"]) == ("always", "sigv4")
        behaviour = distribution["defaultCacheBehavior"]
        assert behaviour["viewerProtocolPolicy"] == "redirect-to-https"
        policy = json.loads(pilot().of("aws:s3/bucketPolicy:BucketPolicy")["content"]["policy"])
        grant = policy["Statement"][1]
        assert grant["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        edge = arn("Distribution", "content")
        assert grant["Condition"] == {"StringEquals": {"aws:SourceArn": edge}}
        assert grant["Action"] == "s3:GetObject"
        assert grant["Resource"] == f"{arn('Bucket', 'content')}/public/*"

    def test_the_edge_has_its_own_name_once_delegated(self) -> None:
        waiting = pilot().one("aws:cloudfront/distribution:Distribution")
        assert waiting["aliases"] == []
        assert waiting["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}
        named = production().one("aws:cloudfront/distribution:Distribution")
        assert named["aliases"] == ["content.learn.jo.example"]
        assert named["viewerCertificate"]["minimumProtocolVersion"] == "TLSv1.2_2021"
        assert named["viewerCertificate"]["sslSupportMethod"] == "sni-only"

    def test_nothing_at_the_edge_without_a_contract_for_it(self) -> None:
        kept_home = described(country(edge=None))
        assert not kept_home.of("aws:cloudfront/distribution:Distribution")
        assert all(inputs.get("region") != "us-east-1" for inputs in kept_home.resources.values())


class TestIdentity:
    def test_the_pool_knows_nobody_itself(self) -> None:
        pool = pilot().one("aws:cognito/userPool:UserPool")
        assert pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True}
        provider = pilot().one("aws:cognito/identityProvider:IdentityProvider")
        assert provider["providerType"] == "OIDC"
        assert provider["providerDetails"]["oidc_issuer"] == "https://sign-in.jo.example"
        client = pilot().one("aws:cognito/userPoolClient:UserPoolClient")
        assert client["supportedIdentityProviders"] == ["ministry"]
        assert client["allowedOauthFlows"] == ["code"]
        assert "wasl/roster.read" in client["allowedOauthScopes"]
        server = pilot().one("aws:cognito/resourceServer:ResourceServer")
        assert {scope["scopeName"] for scope in server["scopes"]} == {
            "roster.read",
            "roster.write",
            "content.read",
            "content.write",
        }
        assert production().one("aws:cognito/userPool:UserPool")["deletionProtection"] == "ACTIVE"

    def test_saml(self) -> None:
        sign_in = {"protocol": "saml", "metadata_url": "https://idp.jo.example/metadata"}
        provider = described(country(sign_in=sign_in)).one(
            "aws:cognito/identityProvider:IdentityProvider"
        )
        assert provider["providerType"] == "SAML"
        assert provider["providerDetails"]["MetadataURL"] == sign_in["metadata_url"]


class TestFeeds:
    def test_queues_with_dead_letters(self) -> None:
        queues = pilot().of("aws:sqs/queue:Queue")
        assert sorted(queues) == ["content", "content-dead", "roster", "roster-dead"]
        for name in ("content", "roster"):
            assert json.loads(queues[name]["redrivePolicy"]) == {
                "deadLetterTargetArn": arn("Queue", f"{name}-dead"),
                "maxReceiveCount": 5,
            }

    def test_schedule_in_the_country_s_own_time(self) -> None:
        schedules = pilot().of("aws:scheduler/schedule:Schedule")
        assert sorted(schedules) == ["content", "roster"]
        zones = {schedule["scheduleExpressionTimezone"] for schedule in schedules.values()}
        assert zones == {"Asia/Amman"}
        for name, schedule in schedules.items():
            assert schedule["target"]["arn"] == arn("Queue", name)
            assert schedule["target"]["roleArn"] == arn("Role", "schedule")
        policy = pilot().of("aws:iam/rolePolicy:RolePolicy")["schedule"]["policy"]
        assert [one["Action"] for one in statements(policy)] == [
            ["sqs:SendMessage"],
            ["kms:GenerateDataKey", "kms:Decrypt"],
        ]

    def test_the_partner_s_role_has_an_external_id_and_little_else(self) -> None:
        role = pilot().of("aws:iam/role:Role")["partner"]
        assert role["maxSessionDuration"] == 3600
        (statement,) = statements(role["assumeRolePolicy"])
        platform = load(ROOT).partners["classera"].platform
        assert platform is not None
        accounts = [f"arn:aws:iam::{one}:root" for one in platform.aws_accounts.value]
        assert statement["Principal"] == {"AWS": accounts}
        assert accounts
        assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "wasl-jo-classera"}}
        policy = json.loads(pilot().of("aws:iam/rolePolicy:RolePolicy")["partner"]["policy"])
        for grant in policy["Statement"]:
            assert grant["Resource"] != "*"
            assert not any("*" in action for action in grant["Action"])

    def test_secrets_are_places_not_values(self) -> None:
        secrets = pilot().of("aws:secretsmanager/secret:Secret")
        assert sorted(secrets) == ["partner", "sign-in"]
        assert not pilot().of("aws:secretsmanager/secretVersion:SecretVersion")
        assert {secret["recoveryWindowInDays"] for secret in secrets.values()} == {0}


class TestFleet:
    def test_one_path_a_baseline_an_activation(self) -> None:
        names = {p["name"] for p in pilot().of("aws:ssm/parameter:Parameter").values()}
        assert {name for name in names if name.startswith("/wasl/jo/fleet/")} == {
            "/wasl/jo/fleet/domain",
            "/wasl/jo/fleet/languages",
            "/wasl/jo/fleet/time-zone",
        }
        baseline = pilot().one("aws:ssm/patchBaseline:PatchBaseline")
        assert baseline["operatingSystem"] == "DEBIAN"
        assert pilot().one("aws:ssm/activation:Activation")["registrationLimit"] == 1000


class TestProtection:
    def test_backups_stay_where_the_contract_permits(self) -> None:
        vaults = pilot().of("aws:backup/vault:Vault")
        assert {name: vault.get("region") for name, vault in vaults.items()} == {
            "vault": None,
            "copy-eu-central-1": "eu-central-1",
        }
        at_home = described(
            country(
                residency={
                    **country().residency.model_dump(mode="json"),
                    "regions": {
                        "primary": ["eu-south-1"],
                        "backup": ["eu-south-1"],
                        "logs": ["eu-south-1"],
                    },
                }
            )
        )
        assert list(at_home.of("aws:backup/vault:Vault")) == ["vault"]
        assert at_home.one("aws:backup/plan:Plan")["rules"][0].get("copyActions", []) == []
        assert pilot().one("aws:backup/selection:Selection")["resources"]

    def test_a_copy_a_day_for_as_long_as_it_is_needed(self) -> None:
        for what, keep in ((pilot(), 7), (production(), 35)):
            (rule,) = what.one("aws:backup/plan:Plan")["rules"]
            assert rule["schedule"] == "cron(0 3 * * ? *)"
            assert rule["scheduleExpressionTimezone"] == "Asia/Amman"
            assert rule["targetVaultName"] == "wasl-jo-vault"
            assert rule["lifecycle"] == {"deleteAfter": keep}
            (copy,) = rule["copyActions"]
            assert copy["destinationVaultArn"] == arn("Vault", "copy-eu-central-1")
            assert copy["lifecycle"] == {"deleteAfter": keep}
            chosen = what.one("aws:backup/selection:Selection")
            assert chosen["resources"] == [arn("Instance", "database")]
            assert chosen["iamRoleArn"] == arn("Role", "backup")

    def test_notice(self) -> None:
        budget = pilot().one("aws:budgets/budget:Budget")
        assert budget["limitAmount"] == "1500"
        assert [item["threshold"] for item in budget["notifications"]] == [50, 80, 100]
        alarms = pilot().of("aws:cloudwatch/metricAlarm:MetricAlarm")
        assert sorted(alarms) == [
            "content-dead",
            "database-cpu",
            "database-space",
            "errors",
            "roster-dead",
        ]
        assert all(
            item["subscriberEmailAddresses"] == ["operations@jo.example"]
            for item in budget["notifications"]
        )
        topic = [arn("Topic", "alarms")]
        assert all(
            alarm["alarmActions"] == alarm["okActions"] == topic for alarm in alarms.values()
        )
        subscription = pilot().one("aws:sns/topicSubscription:TopicSubscription")
        assert subscription["endpoint"] == "operations@jo.example"
        assert pilot().one("aws:guardduty/detector:Detector")["enable"] is True
        trail = pilot().one("aws:cloudtrail/trail:Trail")
        assert trail["enableLogFileValidation"] is True
        assert trail["isMultiRegionTrail"] is True
        assert trail["includeGlobalServiceEvents"] is True
        assert trail["s3BucketName"] == f"wasl-jo-audit-{ACCOUNT}"

    def test_an_alarm_watches_what_it_is_named_for(self) -> None:
        database, gib = {"DBInstanceIdentifier": "wasl-jo-database"}, 1024**3
        found = {
            name: (
                alarm["metricName"],
                alarm["dimensions"],
                alarm["comparisonOperator"].removesuffix("Threshold"),
                alarm["threshold"],
            )
            for name, alarm in pilot().of("aws:cloudwatch/metricAlarm:MetricAlarm").items()
        }
        waiting = "ApproximateNumberOfMessagesVisible"
        assert found == {
            "database-cpu": ("CPUUtilization", database, "GreaterThan", 80),
            "database-space": ("FreeStorageSpace", database, "LessThan", 5 * gib),
            "errors": (
                "HTTPCode_Target_5XX_Count",
                {"LoadBalancer": "app/internal"},
                "GreaterThan",
                50,
            ),
            "roster-dead": (waiting, {"QueueName": "wasl-jo-roster-dead"}, "GreaterThan", 0),
            "content-dead": (waiting, {"QueueName": "wasl-jo-content-dead"}, "GreaterThan", 0),
        }

    def test_the_checker_reads_and_nothing_else(self) -> None:
        role = json.loads(pilot().of("aws:iam/role:Role")["drift"]["assumeRolePolicy"])
        (statement,) = role["Statement"]
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert statement["Condition"]["StringEquals"]["issuer.example:sub"] == "repo:x"
        policy = json.loads(pilot().of("aws:iam/rolePolicy:RolePolicy")["drift"]["policy"])
        verbs = {action.split(":")[1] for action in policy["Statement"][0]["Action"]}
        assert all(verb.startswith(("Describe", "Get", "List", "View")) for verb in verbs)
        showing = {"GetSecretValue", "GetParameter", "GetParameters", "GetObject", "Decrypt"}
        assert not verbs & showing


def test_production_is_protected_and_a_pilot_can_go() -> None:
    for bucket in pilot().of("aws:s3/bucket:Bucket").values():
        assert bucket["forceDestroy"] is True
    for bucket in production().of("aws:s3/bucket:Bucket").values():
        assert bucket["forceDestroy"] is False
    balancer = "aws:lb/loadBalancer:LoadBalancer"
    assert production().one(balancer)["enableDeletionProtection"] is True
    assert pilot().one(balancer)["enableDeletionProtection"] is False
    secrets = production().of("aws:secretsmanager/secret:Secret")
    assert {secret["recoveryWindowInDays"] for secret in secrets.values()} == {30}


def test_a_second_balancer_takes_nothing_that_the_first_one_holds() -> None:
    """Both are there while a zone's delegation is brought up; AWS shares no target group."""
    for token in ("loadBalancer:LoadBalancer", "targetGroup:TargetGroup", "listener:Listener"):
        closed, public = (set(what.of(f"aws:lb/{token}")) for what in (pilot(), production()))
        assert not closed & public, token
    waiting = described(country(environment="production", delegated=False))
    balancer = waiting.one("aws:lb/loadBalancer:LoadBalancer")
    assert balancer["enableDeletionProtection"] is False, "or it could not be taken away"


def test_a_tenth_country_is_one_file() -> None:
    """Oman is nowhere in the checkout: nothing but its description makes a tenancy."""
    oman = described(
        country(
            code="om",
            iso3="OMN",
            region="me-central-1",
            time_zone="Asia/Muscat",
            domain="learn.om.example",
            edge=None,
            network={"cidr": "10.77.0.0/16", "zones": 3},
            residency={
                **country().residency.model_dump(mode="json"),
                "regions": {purpose: ["me-central-1"] for purpose in ("primary", "backup", "logs")},
            },
        )
    )
    assert oman.one("aws:ec2/vpc:Vpc")["cidrBlock"] == "10.77.0.0/16"
    assert oman.of("aws:sqs/queue:Queue")["roster"]["name"] == "wasl-om-roster"
    zones = {net["availabilityZone"] for net in oman.of("aws:ec2/subnet:Subnet").values()}
    assert zones == {"me-central-1a", "me-central-1b", "me-central-1c"}
    assert {inputs.get("region") for inputs in oman.resources.values()} <= {None, "me-central-1"}
    tags = [inputs["tags"] for inputs in oman.resources.values() if "tags" in inputs]
    assert {tag["country"] for tag in tags} == {"om"}
