package io.tricolor.deploy.registry;

class FakeRegistryTest extends InstanceRegistryContract {

    private final FakeRegistry fake = new FakeRegistry();

    @Override
    InstanceRegistry registry() {
        return fake;
    }
}
