import com.fasterxml.jackson.databind.ObjectMapper;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;

/**
 * Runs a connector as Kafka Connect does, without a Kafka. The first line of standard input is the connector's
 * options as a JSON object. Each record is a line of JSON on standard output, its bytes lists of numbers. The end of
 * the input stops the connector.
 */
class Debezium {
    public static void main(String[] arguments) throws Exception {
        var output = System.out;
        // A log is no record.
        System.setOut(System.err);
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var json = new ObjectMapper();
        var options = json.readValue(input.readLine(), Properties.class);
        var worker = new Worker(options);
        var engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(options)
                .notifying((RecordChangeEvent<SourceRecord> event) ->
                        output.println(json.valueToTree(worker.convert(event.record()))))
                .build();
        closeAtEnd(input, engine);
        engine.run();
    }

    private static void closeAtEnd(BufferedReader input, DebeziumEngine<?> engine) {
        var watch = new Thread(() -> {
            try (engine) {
                input.readLine();
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        });
        // The engine may end earlier: with an error.
        watch.setDaemon(true);
        watch.start();
    }
}

/** The last step of Kafka Connect's worker: from a connector's values to the bytes that are sent. */
class Worker {
    private final Converter key;
    private final Converter value;
    private final HeaderConverter header;

    Worker(Properties options) throws ClassNotFoundException {
        key = Utils.newInstance(options.getProperty("key.converter"), Converter.class);
        key.configure(Map.of(), true);
        value = Utils.newInstance(options.getProperty("value.converter"), Converter.class);
        value.configure(Map.of(), false);
        header = Utils.newInstance(options.getProperty("header.converter"), HeaderConverter.class);
        header.configure(Map.of("converter.type", "header"));
    }

    KafkaRecord convert(SourceRecord record) {
        var topic = record.topic();
        return new KafkaRecord(
                topic,
                numbers(key.fromConnectData(topic, record.keySchema(), record.key())),
                StreamSupport.stream(record.headers().spliterator(), false)
                        .map(each -> convert(topic, each))
                        .toList(),
                numbers(value.fromConnectData(topic, record.valueSchema(), record.value())));
    }

    private KafkaHeader convert(String topic, Header from) {
        var bytes = header.fromConnectHeader(topic, from.key(), from.schema(), from.value());
        return new KafkaHeader(from.key(), numbers(bytes));
    }

    private static int[] numbers(byte[] bytes) {
        return bytes == null ? null : IntStream.range(0, bytes.length).map(at -> bytes[at] & 0xff).toArray();
    }
}

record KafkaRecord(String topic, int[] key, List<KafkaHeader> headers, int[] value) {}

record KafkaHeader(String name, int[] value) {}
