"""Changes to who may do what, and from where: IAM, networks, sign-in."""

from __future__ import annotations

from tests.live.tampering import STRANGER, UNASKED, Change, Hand, allow, policy, trust

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
WORLD = [{"CidrIp": "0.0.0.0/0"}]
SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": WORLD}


def _user(hand: Hand) -> None:
    iam = hand.client("iam")
    iam.create_user(UserName="somebody")
    iam.put_user_policy(UserName="somebody", PolicyName="all", PolicyDocument=allow("*"))
    iam.create_access_key(UserName="somebody")


def _role(hand: Hand) -> None:
    """With a policy of its own: one thing, not two."""
    iam = hand.client("iam")
    trusted = trust("arn:aws:iam::999999999999:root")
    iam.create_role(RoleName="somebodys", AssumeRolePolicyDocument=trusted)
    iam.put_role_policy(RoleName="somebodys", PolicyName="all", PolicyDocument=allow("*"))


def _detach(hand: Hand) -> None:
    role, _, arn = hand.id("RolePolicyAttachment", "backup").partition("/")
    hand.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn)


def _rule(hand: Hand) -> None:
    rule = {
        "SecurityGroupRuleId": hand.id("SecurityGroupIngressRule", "database"),
        "SecurityGroupRule": {
            "IpProtocol": "tcp",
            "FromPort": 1,
            "ToPort": 5432,
            "ReferencedGroupId": hand.id("SecurityGroup", "tasks"),
        },
    }
    hand.client("ec2").modify_security_group_rules(
        GroupId=hand.out("SecurityGroupIngressRule", "database", "securityGroupId"),
        SecurityGroupRules=[rule],
    )


def _table(hand: Hand) -> None:
    hand.client("ec2").replace_route_table_association(
        AssociationId=hand.id("RouteTableAssociation", "private-1"),
        RouteTableId=hand.id("RouteTable", "public"),
    )


def _new_route(hand: Hand) -> None:
    hand.client("ec2").create_route(
        RouteTableId=hand.id("RouteTable", "public"),
        DestinationCidrBlock="192.0.2.0/24",
        GatewayId=hand.id("InternetGateway", "internet"),
    )


def _endpoint(hand: Hand) -> None:
    hand.client("ec2").modify_vpc_endpoint(
        VpcEndpointId=hand.id("VpcEndpoint", "s3"), PolicyDocument=policy("s3:PutObject")
    )


def _pool(hand: Hand) -> None:
    cognito, pool = hand.client("cognito-idp"), hand.id("UserPool", "people")
    known = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
    weak = {**known["Policies"]["PasswordPolicy"], "MinimumLength": 6}
    cognito.update_user_pool(
        UserPoolId=pool,
        Policies={"PasswordPolicy": weak},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": False},
        DeletionProtection=known["DeletionProtection"],
        UserPoolTags=known["UserPoolTags"],
    )


def _client(hand: Hand) -> None:
    hand.client("cognito-idp").update_user_pool_client(
        UserPoolId=hand.id("UserPool", "people"),
        ClientId=hand.id("UserPoolClient", "partner"),
        CallbackURLs=["https://somebody.example/"],
    )


def _provider(hand: Hand) -> None:
    pool, _, name = hand.id("IdentityProvider", "ministry").partition(":")
    hand.client("cognito-idp").update_identity_provider(
        UserPoolId=pool, ProviderName=name, AttributeMapping={"username": "email"}
    )


def _signing_keys(hand: Hand) -> None:
    """Whoever has them signs in as anybody."""
    pool, _, name = hand.id("IdentityProvider", "ministry").partition(":")
    details = hand.out("IdentityProvider", "ministry", "providerDetails")
    hand.client("cognito-idp").update_identity_provider(
        UserPoolId=pool,
        ProviderName=name,
        ProviderDetails={**details, "jwks_uri": "https://somebody.example/keys"},
    )


CHANGES = {
    "a role has a right of its own": Change(
        lambda hand: hand.client("iam").put_role_policy(
            RoleName=hand.id("Role", "task"), PolicyName="more", PolicyDocument=allow("s3:*")
        ),
        ("unmanaged RolePolicy",),
        STRANGER,
        security=True,
    ),
    "a role may do everything": Change(
        lambda hand: hand.client("iam").attach_role_policy(
            RoleName=hand.id("Role", "device"), PolicyArn=ADMINISTRATOR
        ),
        ("unmanaged RolePolicyAttachment",),
        STRANGER,
        security=True,
    ),
    "somebody enters as the organisation": Change(
        lambda hand: hand.client("iam").update_assume_role_policy(
            RoleName="OrganizationAccountAccessRole",
            PolicyDocument=trust("arn:aws:iam::999999999999:root"),
        ),
        ("unmanaged Role",),
        STRANGER,
        security=True,
    ),
    "somebody else is the partner": Change(
        lambda hand: hand.client("iam").update_assume_role_policy(
            RoleName=hand.id("Role", "partner"),
            PolicyDocument=trust("arn:aws:iam::999999999999:root"),
        ),
        ("changed Role partner assumeRolePolicy",),
        security=True,
    ),
    "sessions last longer": Change(
        lambda hand: hand.client("iam").update_role(
            RoleName=hand.id("Role", "drift"), MaxSessionDuration=43200
        ),
        ("changed Role drift maxSessionDuration",),
        security=True,
    ),
    "the partner may do more": Change(
        lambda hand: hand.client("iam").put_role_policy(
            RoleName=hand.id("Role", "partner"), PolicyName="feeds", PolicyDocument=allow("*")
        ),
        ("changed RolePolicy partner policy",),
        security=True,
    ),
    "backups lack a right": Change(
        _detach, ("missing RolePolicyAttachment backup",), security=True
    ),
    "a user with a key": Change(
        _user, ("unmanaged User", "unmanaged AccessKey"), STRANGER, security=True
    ),
    "a role that nobody described": Change(_role, ("unmanaged Role",), STRANGER, security=True),
    "a policy that nobody described": Change(
        lambda hand: hand.client("iam").create_policy(
            PolicyName="somebodys", PolicyDocument=allow("*")
        ),
        ("unmanaged Policy",),
        STRANGER,
        security=True,
    ),
    "a group that nobody described": Change(
        lambda hand: hand.client("iam").create_group(GroupName="somebodys"),
        ("unmanaged Group",),
        STRANGER,
        security=True,
    ),
    "sign-in from elsewhere": Change(
        lambda hand: hand.client("iam").create_open_id_connect_provider(
            Url="https://somebody.example", ThumbprintList=["0" * 40], ClientIDList=["x"]
        ),
        ("unmanaged OpenIdConnectProvider",),
        STRANGER,
        security=True,
    ),
    "a door stands open": Change(
        lambda hand: hand.client("ec2").authorize_security_group_ingress(
            GroupId=hand.id("SecurityGroup", "tasks"), IpPermissions=[SSH]
        ),
        ("unmanaged SecurityGroupIngressRule",),
        STRANGER,
        security=True,
    ),
    "a way out is closed": Change(
        lambda hand: hand.client("ec2").revoke_security_group_egress(
            GroupId=hand.id("SecurityGroup", "tasks"),
            SecurityGroupRuleIds=[hand.id("SecurityGroupEgressRule", "internet")],
        ),
        ("missing SecurityGroupEgressRule internet",),
        security=True,
    ),
    "a door is wider": Change(
        _rule, ("changed SecurityGroupIngressRule database fromPort",), security=True
    ),
    "the default group lets in": Change(
        lambda hand: hand.client("ec2").authorize_security_group_ingress(
            GroupId=hand.id("DefaultSecurityGroup", "default"), IpPermissions=[SSH]
        ),
        ("changed DefaultSecurityGroup default ingress",),
        security=True,
    ),
    "machines get public addresses": Change(
        lambda hand: hand.client("ec2").modify_subnet_attribute(
            SubnetId=hand.id("Subnet", "private-1"), MapPublicIpOnLaunch={"Value": True}
        ),
        ("changed Subnet private-1 mapPublicIpOnLaunch",),
        security=True,
    ),
    "the network has no names": Change(
        lambda hand: hand.client("ec2").modify_vpc_attribute(
            VpcId=hand.id("Vpc", "vpc"), EnableDnsHostnames={"Value": False}
        ),
        ("changed Vpc vpc enableDnsHostnames",),
        security=False,
    ),
    "the network has one more tag": Change(
        lambda hand: hand.client("ec2").create_tags(
            Resources=[hand.id("Vpc", "vpc")], Tags=[{"Key": "extra", "Value": "1"}]
        ),
        ("unmanaged Vpc vpc tags.extra",),
        security=False,
    ),
    "a route is gone": Change(
        lambda hand: hand.client("ec2").delete_route(
            RouteTableId=hand.id("RouteTable", "private-2"), DestinationCidrBlock="0.0.0.0/0"
        ),
        ("missing Route private-2",),
        security=True,
    ),
    "a route that nobody described": Change(
        _new_route, ("unmanaged Route",), STRANGER, security=True
    ),
    "a private subnet leads outside": Change(
        _table, ("changed RouteTableAssociation private-1 routeTableId",), security=True
    ),
    "flows are recorded no more": Change(
        lambda hand: hand.client("ec2").delete_flow_logs(FlowLogIds=[hand.id("FlowLog", "flow")]),
        ("missing FlowLog flow",),
        security=True,
    ),
    "data may leave by the endpoint": Change(
        _endpoint, ("changed VpcEndpoint s3 policy",), UNASKED, security=True
    ),
    "a group that nobody made": Change(
        lambda hand: hand.client("ec2").create_security_group(
            GroupName="somebodys", Description="-", VpcId=hand.id("Vpc", "vpc")
        ),
        ("unmanaged SecurityGroup",),
        STRANGER,
        security=True,
    ),
    "an address that nobody asked for": Change(
        lambda hand: hand.client("ec2").allocate_address(Domain="vpc"),
        ("unmanaged Eip",),
        STRANGER,
        security=False,
    ),
    "a machine that nobody described": Change(
        lambda hand: hand.client("ec2").run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            SubnetId=hand.id("Subnet", "data-1"),
        ),
        ("unmanaged Instance",),
        STRANGER,
        security=True,
    ),
    "passwords are weak and anybody may sign up": Change(
        _pool,
        (
            "changed UserPool people adminCreateUserConfig.allowAdminCreateUserOnly",
            "changed UserPool people passwordPolicy.minimumLength",
        ),
        security=True,
    ),
    "people are sent elsewhere after signing in": Change(
        _client, ("changed UserPoolClient partner callbackUrls",), security=True
    ),
    "people are somebody else": Change(
        _provider, ("changed IdentityProvider ministry attributeMapping.username",), security=True
    ),
    "somebody else's signature signs people in": Change(
        _signing_keys,
        ("unmanaged IdentityProvider ministry providerDetails.jwks_uri",),
        UNASKED,
        security=True,
    ),
    "an app that nobody described": Change(
        lambda hand: hand.client("cognito-idp").create_user_pool_client(
            UserPoolId=hand.id("UserPool", "people"), ClientName="somebodys"
        ),
        ("unmanaged UserPoolClient",),
        STRANGER,
        security=True,
    ),
}
