"""EC2."""

from tests.sandbox.example import Example

EXAMPLES = (
    Example(
        "aws:ec2/vpc:Vpc",
        lambda _: {
            "cidrBlock": "10.1.0.0/16",
            "enableDnsHostnames": True,
            "tags": {"wasl:urn": "test/Vpc"},
        },
        change={"tags": {"wasl:urn": "test/Vpc", "owner": "x"}},
        tamper=lambda aws, state: aws.client("ec2").modify_vpc_attribute(
            VpcId=state["id"], EnableDnsSupport={"Value": False}
        ),
        tampered="enableDnsSupport",
    ),
    Example(
        "aws:ec2/subnet:Subnet",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "cidrBlock": "10.1.1.0/24",
            "availabilityZone": "eu-south-1a",
            "tags": {"wasl:urn": "test/Subnet"},
        },
        change={"mapPublicIpOnLaunch": True},
        tamper=lambda aws, state: aws.client("ec2").modify_subnet_attribute(
            SubnetId=state["id"], MapPublicIpOnLaunch={"Value": False}
        ),
        tampered="mapPublicIpOnLaunch",
    ),
)
