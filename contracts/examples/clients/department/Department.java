// A department at its inbox: takes each assignment, accepts it, and reports it done; prints what it did.
// One file, no build: java -cp "<folder of jars>/*" Department.java AGENCY COUNT

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Department {
    static final Set<String> WORK = Set.of("assigned", "reopened");
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final ObjectMapper JSON = new ObjectMapper();
    /** What was heard last of each request: at least once means that a notice may come again. */
    static final Map<String, Integer> HEARD = new HashMap<>();

    public static void main(String[] args) throws Exception {
        if (args.length < 2) {
            System.err.println("Say who you are and how much you will do: Department.java AGENCY COUNT");
            System.exit(2);
        }
        System.exit(work(args[0], Integer.parseInt(args[1])) ? 0 : 1);
    }

    /** Reads the inbox until so many assignments are done. A notice is called read once its reports are on the outbox. */
    static boolean work(String agency, int count) throws Exception {
        try (KafkaConsumer<String, String> inbox =
                     new KafkaConsumer<>(settings(agency), new StringDeserializer(), new StringDeserializer());
             KafkaProducer<String, String> outbox =
                     new KafkaProducer<>(settings(agency), new StringSerializer(), new StringSerializer())) {
            inbox.subscribe(List.of("agency." + agency + ".inbox"));
            int done = 0;
            for (Instant until = Instant.now().plus(PATIENCE); done < count && Instant.now().isBefore(until); ) {
                for (ConsumerRecord<String, String> record : inbox.poll(Duration.ofSeconds(1))) {
                    done += take(agency, JSON.readTree(record.value()).path("data"), outbox) ? 1 : 0;
                }
                outbox.flush();
                inbox.commitSync();
            }
            return done >= count;
        }
    }

    /** Does what a notice asks for, and says so; false when it asks for nothing, or was heard before. */
    static boolean take(String agency, JsonNode notice, KafkaProducer<String, String> outbox) throws Exception {
        String request = notice.path("request_id").asText();
        int sequence = notice.path("sequence").asInt();
        if (HEARD.getOrDefault(request, 0) >= sequence) {
            return false;
        }
        HEARD.put(request, sequence);
        if (!WORK.contains(notice.path("kind").asText())) {
            return false;
        }
        send(agency, outbox, report(notice, "accepted"));
        ObjectNode completed = report(notice, "completed").put("disposition", "fixed").put("text", "The crew has been there.");
        completed.putArray("evidence").addObject().put("kind", "work_order").put("reference", "J-" + sequence);
        send(agency, outbox, completed);
        System.out.println(JSON.writeValueAsString(JSON.createObjectNode()
                .put("tracking_number", notice.path("about").path("tracking_number").asText())
                .put("service_code", notice.path("about").path("service_code").asText())
                .put("address", notice.path("place").path("address").asText())));
        return true;
    }

    /** Writes a step. Its id is made from the notice, so that the same step, reported again, is one. */
    static ObjectNode report(JsonNode notice, String kind) {
        ObjectNode report = JSON.createObjectNode();
        report.put("request_id", notice.path("request_id").asText());
        report.put("assignment_id", notice.path("assignment_id").asText());
        report.put("update_id", notice.path("notice_id").asText() + "-" + kind);
        return report.put("kind", kind).put("reported_at", Instant.now().toString());
    }

    /** Publishes a step under the request's id, as the inbox was keyed, and waits until the log has it. */
    static void send(String agency, KafkaProducer<String, String> outbox, ObjectNode report) throws Exception {
        String request = report.path("request_id").asText(), update = report.path("update_id").asText();
        ObjectNode event = JSON.createObjectNode();
        event.put("specversion", "1.0").put("id", UUID.nameUUIDFromBytes(update.getBytes()).toString());
        event.put("source", "/departments/" + agency).put("type", "agency.report").put("subject", request);
        event.put("time", Instant.now().toString()).put("datacontenttype", "application/json").set("data", report);
        String topic = "agency." + agency + ".outbox";
        outbox.send(new ProducerRecord<>(topic, request, JSON.writeValueAsString(event))).get();
    }

    /** Gives the settings of a client: KAFKA_BOOTSTRAP, KAFKA_PASSWORD, and KAFKA_CA where the city speaks TLS. */
    static Properties settings(String agency) {
        Map<String, String> environment = System.getenv();
        Properties settings = new Properties();
        settings.put("bootstrap.servers", environment.getOrDefault("KAFKA_BOOTSTRAP", "127.0.0.1:19092"));
        settings.put("group.id", "agency." + agency);
        settings.put("enable.auto.commit", "false");
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.idempotence", "false");
        settings.put("acks", "all");
        if (environment.containsKey("KAFKA_PASSWORD")) {
            settings.put("security.protocol", environment.containsKey("KAFKA_CA") ? "SASL_SSL" : "SASL_PLAINTEXT");
            settings.put("sasl.mechanism", "SCRAM-SHA-512");
            settings.put("sasl.jaas.config", String.format(
                    "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"agency.%s\" password=\"%s\";",
                    agency, environment.get("KAFKA_PASSWORD")));
        }
        if (environment.containsKey("KAFKA_CA")) {
            settings.put("ssl.truststore.type", "PEM");
            settings.put("ssl.truststore.location", environment.get("KAFKA_CA"));
        }
        return settings;
    }
}
