import static io.trino.testing.TestingSession.testSessionBuilder;

import io.trino.spi.Plugin;
import io.trino.testing.DistributedQueryRunner;
import java.util.Map;

/** Trino with its workers in one process, until its input ends. Argument: folder of Hive's tables, where that connector is on the classpath. */
final class Trino {
    public static void main(String[] args) throws Exception {
        var session = testSessionBuilder().setCatalog("memory").setSchema("default").build();
        var runner = DistributedQueryRunner.builder(session)
                .setExtraProperties(Map.of("query.max-length", "262144"))
                .build();
        install(runner, "memory", "io.trino.plugin.memory.MemoryPlugin", Map.of());
        if (args.length == 1) {
            install(runner, "hive", "io.trino.plugin.hive.HivePlugin", Map.of(
                    "hive.metastore", "file",
                    "hive.metastore.catalog.dir", "local:///metastore",
                    "hive.non-managed-table-writes-enabled", "true",
                    "fs.native-local.enabled", "true",
                    "local.location", args[0]));
        }
        System.out.println("Trino at " + runner.getCoordinator().getBaseUrl());
        while (System.in.read() >= 0) {
        }
        System.exit(0);
    }

    private static void install(DistributedQueryRunner runner, String name, String plugin, Map<String, String> properties)
            throws Exception {
        runner.installPlugin((Plugin) Class.forName(plugin).getDeclaredConstructor().newInstance());
        runner.createCatalog(name, name, properties);
    }
}
