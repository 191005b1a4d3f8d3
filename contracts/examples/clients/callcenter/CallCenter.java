// A department's own call center: publishes one report to the city and prints its tracking number, or what is wrong.
// One file, no build: java -cp "<folder of jars>/*" CallCenter.java SERVICE_CODE ADDRESS [KEY]

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class CallCenter {
    static final List<String> ANSWERS = List.of("request.accepted", "request.refused");
    static final String SUBMITTER = "example-call-center";
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        if (args.length < 2) {
            System.err.println("Say what for and where: CallCenter.java SERVICE_CODE ADDRESS [KEY]");
            System.exit(2);
        }
        String key = args.length > 2 ? args[2] : UUID.randomUUID().toString();
        JsonNode answer = submit(key, report(key, args[0], args[1]));
        System.out.println(JSON.writeValueAsString(answer));
        System.exit(answer.path("type").asText().equals("request.accepted") ? 0 : 1);
    }

    /** Writes what the caller said; `operator` tells the city that the department itself took the call. */
    static ObjectNode report(String key, String service, String address) {
        ObjectNode report = JSON.createObjectNode();
        report.put("submission_key", key).put("submitter", SUBMITTER).put("service_code", service);
        report.put("channel", "phone").put("operator", "own_department");
        report.putObject("place").put("address", address);
        return report;
    }

    /** Publishes a report and waits for the answer to it; the same key is the same report, however often it is sent. */
    static JsonNode submit(String key, ObjectNode report) throws Exception {
        try (KafkaConsumer<String, String> answers =
                     new KafkaConsumer<>(settings(), new StringDeserializer(), new StringDeserializer());
             KafkaProducer<String, String> reports =
                     new KafkaProducer<>(settings(), new StringSerializer(), new StringSerializer())) {
            listen(answers);
            reports.send(new ProducerRecord<>("request.submitted", key, event(key, report))).get();
            return waitFor(answers, key);
        }
    }

    /** Takes up the answers from now on, before the question is asked. */
    static void listen(KafkaConsumer<String, String> answers) {
        Stream<TopicPartition> parts = ANSWERS.stream().flatMap(topic -> answers.partitionsFor(topic).stream())
                .map(part -> new TopicPartition(part.topic(), part.partition()));
        answers.assign(parts.toList());
        answers.seekToEnd(answers.assignment());
        answers.assignment().forEach(answers::position);
    }

    static JsonNode waitFor(KafkaConsumer<String, String> answers, String key) throws Exception {
        for (Instant until = Instant.now().plus(PATIENCE); Instant.now().isBefore(until); ) {
            for (var record : answers.poll(Duration.ofSeconds(1))) {
                JsonNode event = JSON.readTree(record.value());
                ObjectNode data = (ObjectNode) event.path("data");
                if (key.equals(record.key()) && data.path("submitter").asText().equals(SUBMITTER)) {
                    return data.put("type", event.path("type").asText());
                }
            }
        }
        throw new IllegalStateException("No answer to " + key + " came in time; publish it again with the same key.");
    }

    /** Writes a report as a CloudEvents value. */
    static String event(String key, ObjectNode report) throws Exception {
        ObjectNode event = JSON.createObjectNode();
        event.put("specversion", "1.0").put("id", UUID.randomUUID().toString()).put("source", "/" + SUBMITTER);
        event.put("type", "request.submitted").put("subject", key).put("time", Instant.now().toString());
        event.put("datacontenttype", "application/json").set("data", report);
        return JSON.writeValueAsString(event);
    }

    /** Gives the settings of a client from KAFKA_BOOTSTRAP, KAFKA_USERNAME and KAFKA_PASSWORD; no user name, no login. */
    static Properties settings() {
        Map<String, String> environment = System.getenv();
        Properties settings = new Properties();
        settings.put("bootstrap.servers", environment.getOrDefault("KAFKA_BOOTSTRAP", "127.0.0.1:19092"));
        settings.put("group.id", "frontend");
        settings.put("enable.auto.commit", "false");
        settings.put("enable.idempotence", "false");
        settings.put("acks", "all");
        if (environment.containsKey("KAFKA_USERNAME")) {
            settings.put("security.protocol", "SASL_PLAINTEXT");
            settings.put("sasl.mechanism", "SCRAM-SHA-512");
            settings.put("sasl.jaas.config", String.format(
                    "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";",
                    environment.get("KAFKA_USERNAME"), environment.get("KAFKA_PASSWORD")));
        }
        return settings;
    }
}
