// The part of PKCS #11 (OASIS, Cryptographic Token Interface Base Specification 2.40) that CofferKMS/Seal speaks.
// Declarations only; modules are opened at run time. On Unix, structures are aligned as the compiler does it.
#pragma once

typedef unsigned long ck_ulong;

struct ck_version { unsigned char major, minor; };

struct ck_mechanism { ck_ulong mechanism; void *parameter; ck_ulong parameter_length; };

struct ck_attribute { ck_ulong type; void *value; ck_ulong value_length; };

struct ck_mechanism_info { ck_ulong min_key_size, max_key_size, flags; };

struct ck_gcm_parameters {
    unsigned char *iv;
    ck_ulong iv_length, iv_bits;
    unsigned char *aad;
    ck_ulong aad_length, tag_bits;
};

struct ck_token_info {
    unsigned char label[32], manufacturer[32], model[16], serial[16];
    ck_ulong flags, max_sessions, sessions, max_rw_sessions, rw_sessions, max_pin, min_pin;
    ck_ulong total_public, free_public, total_private, free_private;
    struct ck_version hardware, firmware;
    unsigned char time[16];
};

struct ck_initialize_arguments {
    void *create_mutex, *destroy_mutex, *lock_mutex, *unlock_mutex;
    ck_ulong flags;
    void *reserved;
};

// Every function in its place; those that are not used have no type.
struct ck_function_list {
    struct ck_version version;
    ck_ulong (*initialize)(struct ck_initialize_arguments *);
    void *finalize, *get_info, *get_function_list;
    ck_ulong (*get_slot_list)(unsigned char token_present, ck_ulong *slots, ck_ulong *count);
    void *get_slot_info;
    ck_ulong (*get_token_info)(ck_ulong slot, struct ck_token_info *);
    void *get_mechanism_list;
    ck_ulong (*get_mechanism_info)(ck_ulong slot, ck_ulong mechanism, struct ck_mechanism_info *);
    void *init_token, *init_pin, *set_pin;
    ck_ulong (*open_session)(ck_ulong slot, ck_ulong flags, void *application, void *notify, ck_ulong *session);
    ck_ulong (*close_session)(ck_ulong session);
    void *close_all_sessions, *get_session_info, *get_operation_state, *set_operation_state;
    ck_ulong (*login)(ck_ulong session, ck_ulong user, unsigned char *pin, ck_ulong pin_length);
    void *logout, *create_object, *copy_object, *destroy_object, *get_object_size, *get_attribute_value;
    void *set_attribute_value;
    ck_ulong (*find_objects_init)(ck_ulong session, struct ck_attribute *, ck_ulong count);
    ck_ulong (*find_objects)(ck_ulong session, ck_ulong *objects, ck_ulong maximum, ck_ulong *count);
    ck_ulong (*find_objects_final)(ck_ulong session);
    ck_ulong (*encrypt_init)(ck_ulong session, struct ck_mechanism *, ck_ulong key);
    ck_ulong (*encrypt)(ck_ulong session, unsigned char *, ck_ulong, unsigned char *, ck_ulong *);
    void *encrypt_update, *encrypt_final;
    ck_ulong (*decrypt_init)(ck_ulong session, struct ck_mechanism *, ck_ulong key);
    ck_ulong (*decrypt)(ck_ulong session, unsigned char *, ck_ulong, unsigned char *, ck_ulong *);
    void *decrypt_update, *decrypt_final, *digest_init, *digest, *digest_update, *digest_key, *digest_final;
    void *sign_init, *sign, *sign_update, *sign_final, *sign_recover_init, *sign_recover;
    void *verify_init, *verify, *verify_update, *verify_final, *verify_recover_init, *verify_recover;
    void *digest_encrypt_update, *decrypt_digest_update, *sign_encrypt_update, *decrypt_verify_update;
    ck_ulong (*generate_key)(
        ck_ulong session, struct ck_mechanism *, struct ck_attribute *, ck_ulong count, ck_ulong *key);
};

typedef ck_ulong (*ck_get_function_list)(struct ck_function_list **);
