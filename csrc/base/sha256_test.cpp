#include "base/sha256.h"

#include <gtest/gtest.h>

namespace hidet {
namespace {

TEST(Sha256, PublishedVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesOfAnySizeGiveTheSame) {
  std::string text;
  for (int i = 0; i < 300; i++) text += static_cast<char>(i * 7);
  for (size_t length = 0; length <= text.size(); length += 13)
    for (size_t piece : {1, 3, 63, 64, 65, 200}) {
      Sha256 hash;
      for (size_t at = 0; at < length; at += piece)
        hash.update(std::string_view(text).substr(0, length).substr(at, piece));
      EXPECT_EQ(hash.hex(), sha256_hex(text.substr(0, length))) << length << " by " << piece;
    }
}

TEST(Sha256, FieldsAreKeptApart) {
  EXPECT_NE(Sha256().field("ab").field("c").hex(), Sha256().field("a").field("bc").hex());
  EXPECT_NE(Sha256().field("").hex(), Sha256().hex());
}

}  // namespace
}  // namespace hidet
